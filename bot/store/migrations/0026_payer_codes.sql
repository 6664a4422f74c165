-- How many codes the payer of a collection has typed: the codes themselves are never kept.
ALTER TABLE collection ADD COLUMN code_tries INTEGER NOT NULL DEFAULT 0;
