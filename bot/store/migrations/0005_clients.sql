-- Resellers' clients, and who of them lets the codes come straight to his own chat.

-- `customer` is the reseller whose book it is. `found_by` is everything that the client is found by, folded: name,
-- nickname, phone, meters.
CREATE TABLE client (
    id       INTEGER PRIMARY KEY AUTOINCREMENT,
    customer TEXT    NOT NULL,
    name     TEXT    NOT NULL,
    nickname TEXT    NOT NULL,
    phone    TEXT    NOT NULL,
    found_by TEXT    NOT NULL,
    added_at INTEGER NOT NULL
);
CREATE INDEX client_customer ON client (customer);

-- A client's meters and references. In one book a meter is one client's.
CREATE TABLE client_meter (
    id        INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id INTEGER NOT NULL,
    customer  TEXT    NOT NULL,
    service   TEXT    NOT NULL,
    reference TEXT    NOT NULL,
    holder    TEXT    NOT NULL,
    CONSTRAINT client_meter_once UNIQUE (customer, service, reference)
);
CREATE INDEX client_meter_client ON client_meter (client_id);

-- Codes by which clients come to be asked whether they agree. `address` made it. `state` goes from made to agreed or
-- refused, or to replaced by a newer one.
CREATE TABLE invitation (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    code       TEXT    NOT NULL,
    client_id  INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    state      TEXT    NOT NULL,
    made_at    INTEGER NOT NULL,
    expires_at INTEGER NOT NULL
);
CREATE INDEX invitation_code ON invitation (code);
CREATE INDEX invitation_client ON invitation (client_id);

-- A client's word that his codes may come to `address`. A row is never deleted: it says who agreed when, and until when.
-- `told_at` is when his reseller read that he took it back.
CREATE TABLE consent (
    id         INTEGER PRIMARY KEY AUTOINCREMENT,
    client_id  INTEGER NOT NULL,
    address    TEXT    NOT NULL,
    agreed_at  INTEGER NOT NULL,
    revoked_at INTEGER,
    told_at    INTEGER
);
CREATE UNIQUE INDEX consent_one ON consent (client_id) WHERE revoked_at IS NULL;
CREATE INDEX consent_client ON consent (client_id, id);
CREATE INDEX consent_address ON consent (address) WHERE revoked_at IS NULL;

-- The last sale to a client.
CREATE INDEX orders_client ON orders (client_id, confirmed_at) WHERE client_id IS NOT NULL;
