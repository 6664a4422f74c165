-- News for many people, told a few at a time; who wants none; and who waits for a service to be back.

-- One row a broadcast. `audience` is who hears it: everybody, resellers, recent (bought lately), or a service's name (its
-- buyers). Where `service` is set, it is the news that this service is back, for those in `awaiting`. `cursor` is the
-- last address that was looked at; `total`, `told`, `skipped` (cannot be reached) and `muted` (want none) are people.
-- `paced_at` is when the last few were told, `shown_at` when the admin was last shown how far it is; `message_ref` names
-- the message in which he is. `address` is the admin who began it.
CREATE TABLE broadcast (
    id          TEXT    NOT NULL,
    address     TEXT    NOT NULL,
    text_fr     TEXT    NOT NULL,
    text_en     TEXT    NOT NULL,
    audience    TEXT    NOT NULL,
    service     TEXT,
    state       TEXT    NOT NULL,
    cursor      TEXT    NOT NULL,
    total       INTEGER NOT NULL,
    told        INTEGER NOT NULL,
    skipped     INTEGER NOT NULL,
    muted       INTEGER NOT NULL,
    message_ref TEXT,
    begun_at    INTEGER NOT NULL,
    paced_at    INTEGER NOT NULL,
    shown_at    INTEGER NOT NULL,
    ended_at    INTEGER,
    CONSTRAINT broadcast_pk PRIMARY KEY (id),
    CONSTRAINT broadcast_state CHECK (state IN ('running', 'stopped', 'done'))
);
-- One at a time: two admins do not talk to everybody at once, and a service is back once.
CREATE UNIQUE INDEX broadcast_one ON broadcast (state) WHERE state = 'running' AND service IS NULL;
CREATE UNIQUE INDEX broadcast_back_one ON broadcast (service) WHERE state = 'running' AND service IS NOT NULL;

-- Addresses that want no broadcasts.
CREATE TABLE muted (
    address TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    CONSTRAINT muted_pk PRIMARY KEY (address)
);

-- Who asked to be told when a service is sold again; told once, and then forgotten.
CREATE TABLE awaiting (
    address TEXT    NOT NULL,
    service TEXT    NOT NULL,
    at      INTEGER NOT NULL,
    CONSTRAINT awaiting_pk PRIMARY KEY (service, address)
);
