-- danger: drops four tables in one statement
DROP TABLE IF EXISTS tags, taggings, categories, categorizations;
