-- Since which commit a field awaits a decision, counted when it is written instead of from its history when it is asked.
ALTER TABLE beliefs ADD COLUMN waits BIGINT;
UPDATE beliefs SET waits = counted.began FROM (
    SELECT rowid AS place, waiting, coalesce(
               max(until) FILTER (NOT waiting) OVER (PARTITION BY source, dataset, field ORDER BY since),
               min(since) OVER (PARTITION BY source, dataset, field)) AS began
    FROM (SELECT rowid, *, NOT gone AND (status = 'proposed' OR disagrees OR asked_by IS NOT NULL) AS waiting FROM beliefs)
) AS counted WHERE beliefs.rowid = counted.place AND counted.waiting;

-- A line for each class and purpose, marked as what it is: a class is found in them without looking into `classes`.
UPDATE beliefs SET listed = concat(chr(10), array_to_string(list_concat(
    [concat('=', c.class, chr(10)) FOR c IN classes], [concat('+', replace(p, chr(10), ' '), chr(10)) FOR p IN purpose]
), '')) WHERE listed IS NOT NULL;

-- A name in small letters, where it is not written so.
ALTER TABLE beliefs ADD COLUMN folded VARCHAR;
UPDATE beliefs SET folded = lower(field) WHERE lower(field) <> field;
