-- What the operator earned, gave, bore and was paid, for any stretch of days without reading every entry of it.
CREATE INDEX entry_books ON entry (account, at, amount_xof)
WHERE account IN ('commissions', 'corrections', 'fees', 'funding');
