-- What is done once a day, and what the report of the morning counts.

-- name: daily_job
SELECT day, summary FROM chore WHERE name = :name

-- name: daily_job_begin
INSERT INTO chore (name, day, summary) VALUES (:name, :day, '') ON CONFLICT (name) DO NOTHING

-- name: daily_job_take
UPDATE chore SET day = :day, summary = :summary WHERE name = :name AND day < :day
RETURNING name

-- name: report_orders
SELECT state, count(*) AS many, coalesce(sum(amount_xof), 0) AS amount_xof FROM orders
WHERE confirmed_at >= :since AND confirmed_at < :until GROUP BY state

-- name: report_fees
SELECT
    coalesce(sum(CASE WHEN account = 'fees' THEN amount_xof ELSE 0 END), 0) AS fees_xof,
    coalesce(sum(CASE WHEN account = 'commissions' THEN -amount_xof ELSE 0 END), 0) AS commissions_xof
FROM entry WHERE at >= :since AND at < :until
