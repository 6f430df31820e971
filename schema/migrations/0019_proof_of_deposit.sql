-- Each grappe of before gets the piece that the proof of its deposit is kept on.
INSERT INTO "pieces" ("id", "grappe_id", "code", "scope")
SELECT gen_random_uuid(), "id", 'preuve-depot', 'grappe' FROM "grappes"
ON CONFLICT DO NOTHING;
