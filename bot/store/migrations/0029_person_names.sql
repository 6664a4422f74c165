-- What people are called, for admins to tell them apart and to find them. It proves nothing: anybody calls themselves
-- what they like.

-- `kind`: given (by the person, as their channel told last) or noted (by an admin, `noted_by`). `sought` is the name folded,
-- with a space before each of its words. Both go a day after the session of the address.
CREATE TABLE person_name (
    address  TEXT    NOT NULL,
    kind     TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    sought   TEXT    NOT NULL,
    at       INTEGER NOT NULL,
    noted_by TEXT,
    CONSTRAINT person_name_pk PRIMARY KEY (address, kind),
    CONSTRAINT person_name_kind CHECK (kind IN ('given', 'noted'))
);

-- The words of a name, by their first three letters (`head`), by which it is found.
CREATE TABLE person_name_word (
    address TEXT NOT NULL,
    kind    TEXT NOT NULL,
    word    TEXT NOT NULL,
    head    TEXT NOT NULL,
    CONSTRAINT person_name_word_pk PRIMARY KEY (address, kind, word)
);
CREATE INDEX person_name_word_head ON person_name_word (head);
