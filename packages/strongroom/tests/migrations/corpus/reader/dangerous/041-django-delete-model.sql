-- danger: drops the table with all its rows
BEGIN;
--
-- Delete model Coupon
--
DROP TABLE "shop_coupon" CASCADE;
COMMIT;
