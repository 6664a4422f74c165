-- Lines of lists may be bills: what is due, and by when, comes from the provider when the line is checked.
ALTER TABLE batch_line ADD COLUMN service TEXT NOT NULL DEFAULT 'woyofal';
ALTER TABLE batch_line ADD COLUMN reference_facture TEXT;
ALTER TABLE batch_line ADD COLUMN due_on TEXT;
