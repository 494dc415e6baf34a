-- danger: validates under lock, and from now on deleting one customer silently deletes their invoices
ALTER TABLE invoices
  ADD CONSTRAINT fk_invoices_customers
  FOREIGN KEY (customer_id) REFERENCES customers(id) ON DELETE CASCADE;
