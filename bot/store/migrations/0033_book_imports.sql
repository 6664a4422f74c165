-- A client book that was sent as a file, read and shown: it waits for its Confirm. One a reseller.
CREATE TABLE book_import (
    customer TEXT    NOT NULL,
    id       TEXT    NOT NULL,
    made_at  INTEGER NOT NULL,
    body     TEXT    NOT NULL,
    CONSTRAINT book_import_pk PRIMARY KEY (customer)
);
CREATE INDEX book_import_made ON book_import (made_at);
