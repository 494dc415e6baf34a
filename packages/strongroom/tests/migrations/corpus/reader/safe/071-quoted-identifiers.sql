CREATE TABLE "DropTable" ("delete" bigint PRIMARY KEY, "truncate" text);
