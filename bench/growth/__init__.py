"""A year of past: a database with a million orders in it, and how long everything that is done there holds it.

`python -m bench.growth` fills a file in the newest schema, consistent to the franc, runs every update, webhook, list,
report, job and sweep over it and over an empty one, and prints for each how long the database's one thread was taken.
Nothing goes over a network: the engine, the scripts and the store are the program's own, in this process.
"""
