ALTER TYPE payment_method ADD VALUE 'sepa';
