-- Tables over topics that were declared before there is a model on them; `spec` is JSON.
CREATE TABLE tables (
    name        TEXT PRIMARY KEY,
    spec        TEXT NOT NULL,
    updated_at  INTEGER NOT NULL
) STRICT;
