-- Nine fields of ten hold nothing personal, and most questions are about the tenth: they are kept apart, so that a question
-- about it reads a tenth. `beliefs` is both.
CREATE TABLE personal AS FROM beliefs
WHERE class IS NOT NULL OR len(proposed) > 0 OR status <> 'none' OR asked_by IS NOT NULL OR muted_until IS NOT NULL;
CREATE TABLE other AS FROM beliefs
WHERE NOT (class IS NOT NULL OR len(proposed) > 0 OR status <> 'none' OR asked_by IS NOT NULL OR muted_until IS NOT NULL);
DROP TABLE beliefs;
CREATE VIEW beliefs AS FROM personal UNION ALL BY NAME FROM other;
