UPDATE articles SET slug = slugify(title) WHERE slug IS NULL AND published;
