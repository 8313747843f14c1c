-- Classes and purposes as one text: there are few different ones, so a word is found in them at once.
ALTER TABLE beliefs ADD COLUMN listed VARCHAR;
UPDATE beliefs SET listed = array_to_string(list_concat([c.class FOR c IN classes], purpose), ' ')
WHERE len(classes) > 0 OR len(purpose) > 0;
