"""The programs that physical backups are measured against, each as a person would call it."""
