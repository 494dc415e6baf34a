-- danger: drops every table the role owns
DROP OWNED BY old_app CASCADE;
