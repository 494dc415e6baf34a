-- danger: drops the column with its data and whatever depends on it
BEGIN;
--
-- Remove field notes from patient
--
ALTER TABLE "clinic_patient" DROP COLUMN "notes" CASCADE;
COMMIT;
