-- What one admin confirmed and another has to approve. `draft` is the act as the dialogue keeps it, `why` its reason.
CREATE TABLE approval (
    id         TEXT    NOT NULL,
    draft      TEXT    NOT NULL,
    why        TEXT    NOT NULL,
    address    TEXT    NOT NULL,
    amount_xof INTEGER NOT NULL,
    asked_at   INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    state      TEXT    NOT NULL,
    CONSTRAINT approval_pk PRIMARY KEY (id),
    CONSTRAINT approval_state CHECK (state IN ('asked', 'approved', 'refused', 'expired', 'void'))
);
CREATE INDEX approval_asked ON approval (expires_at) WHERE state = 'asked';
-- What one admin moved alone is summed whenever he moves more.
CREATE INDEX audit_address ON audit (address, at);
