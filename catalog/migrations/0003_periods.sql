-- A look holds until the next one at its unit; one that did not find the unit (`gone`) holds never and ends nothing:
-- what was seen last is still what was seen.
ALTER TABLE looks ADD COLUMN until BIGINT;
UPDATE looks SET until = later.following FROM (
    SELECT rowid AS place, lead(version) OVER (PARTITION BY source, dataset ORDER BY version) AS following
    FROM looks WHERE outcome <> 'gone'
) AS later WHERE looks.rowid = later.place AND later.following IS NOT NULL;
UPDATE looks SET until = version WHERE outcome = 'gone';

-- What is searched beside ids, classes and owners: what the source says of the field, and why somebody decided so.
ALTER TABLE beliefs ADD COLUMN comment VARCHAR;
ALTER TABLE beliefs ADD COLUMN reason VARCHAR;
UPDATE beliefs SET reason = d.reason FROM decisions AS d WHERE d.id = beliefs.decision_id;

-- How many entries there were when a run ended, counted once.
ALTER TABLE run_ends ADD COLUMN entries BIGINT;
