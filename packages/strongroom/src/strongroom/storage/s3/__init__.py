"""A store on S3, or on a server that speaks its protocol; only ``address`` needs no boto3."""
