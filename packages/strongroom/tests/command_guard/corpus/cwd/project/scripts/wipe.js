const { execSync } = require("child_process");
execSync("docker compose down -v");
