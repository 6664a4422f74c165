-- What people are called.

-- name: person_name_set
INSERT INTO person_name (address, kind, name, sought, at, noted_by)
VALUES (:address, :kind, :name, :sought, :now, :noted_by)
ON CONFLICT (address, kind) DO UPDATE
SET name = excluded.name, sought = excluded.sought, at = excluded.at, noted_by = excluded.noted_by

-- name: person_name_end
DELETE FROM person_name WHERE address = :address AND kind = :kind

-- name: person_name_words_end
DELETE FROM person_name_word WHERE address = :address AND kind = :kind

-- name: person_name_word_add
-- Words that nobody ended stand in no name's way.
INSERT INTO person_name_word (address, kind, word, head) VALUES (:address, :kind, :word, :head)
ON CONFLICT DO NOTHING

-- name: person_names_of
-- And what their shop is called.
SELECT kind, name FROM person_name WHERE address = :address
UNION ALL
SELECT 'shop' AS kind, shop_name AS name FROM reseller
WHERE customer = coalesce((SELECT customer FROM session WHERE address = :address), :address) AND shop_name <> ''

-- name: shop_names
SELECT customer, shop_name FROM reseller WHERE shop_name <> '' ORDER BY customer

-- name: people_called
-- Whoever has a name with a word that begins with the first text, and words that begin with the others; first those of
-- whom it was noted, so that nobody is crowded out by people who call themselves so.
SELECT s.address FROM person_name_word AS w
JOIN person_name AS n ON n.address = w.address AND n.kind = w.kind
JOIN session AS s ON s.address = w.address
WHERE w.head = :head AND w.word LIKE :first || '%'
  AND (:second = '' OR n.sought LIKE '% ' || :second || '%')
  AND (:third = '' OR n.sought LIKE '% ' || :third || '%')
GROUP BY s.address, s.updated_at
ORDER BY max(CASE w.kind WHEN 'noted' THEN 1 ELSE 0 END) DESC, s.updated_at DESC, s.address LIMIT :count

-- name: person_names_join
-- One person after all: what one chat was called, the other is, unless it has a name of that kind.
UPDATE person_name SET address = :into
WHERE address = :chat AND NOT EXISTS (
    SELECT 1 FROM person_name AS other WHERE other.address = :into AND other.kind = person_name.kind
)

-- name: person_name_words_join
UPDATE person_name_word SET address = :into
WHERE address = :chat AND NOT EXISTS (
    SELECT 1 FROM person_name AS other WHERE other.address = :into AND other.kind = person_name_word.kind
)
