CREATE TABLE favourites (
    user_id bigint NOT NULL REFERENCES users (id),
    product_id bigint NOT NULL REFERENCES products (id),
    PRIMARY KEY (user_id, product_id)
);
