DELETE FROM feature_flags WHERE name = 'beta_checkout';
