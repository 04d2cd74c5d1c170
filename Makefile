# Kirin: two commands matter, `make demo` and `make test`; `make help` lists the others.

TARGET := $(or $(CARGO_TARGET_DIR),target)
KAFKA  := tests/services/kafka

.PHONY: help demo build test pages clients lint deny bench release kafka-up kafka-down

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 16

demo: build ## a year of flights through Kafka into cuboids, five questions, a hole made and filled (ARGS=--once ends by itself)
	@$(TARGET)/debug/kirin --log error demo $(ARGS)

build: ## all crates in the dev profile, with the one feature set that demo and tests share
	@echo "building (a first build on two cores takes several minutes: DataFusion, polars and librdkafka with TLS)"
	@cargo build --workspace --locked

test: ## everything that must hold, on real services; prints the time of each suite
	@bash tests/run.sh $(ARGS)

pages: build ## the pages' tests in a real browser; SHOTS=FOLDER keeps their screenshots
	@SHOTS=$(SHOTS) bash tests/pages/run.sh

clients: build ## kylinpy, SQLAlchemy, Airflow, Kylin's JDBC driver, curl and a fuzzer against a real server (ONLY=NAME)
	@bash tests/clients/run.sh $(ONLY)

lint: ## formatting and lints, as CI runs them
	cargo fmt --all --check
	cargo clippy --workspace --all-targets --locked -- -D warnings

deny: ## licences, duplicate versions and sources of all dependencies
	@command -v cargo-deny >/dev/null || cargo install --locked cargo-deny
	cargo deny check bans licenses sources

bench: ## benchmarks in release; OUT=FILE appends JSON lines, ONLY=NAME selects, RUNS=5
	@cargo build --release --locked -p kirin-benches
	@$(TARGET)/release/kirin-bench $(if $(OUT),--out $(OUT)) $(if $(ONLY),--only $(ONLY)) $(if $(RUNS),--runs $(RUNS))

release: ## the binary as it is shipped
	cargo build --release --locked -p kirin

kafka-up: ## a Kafka broker on 127.0.0.1:19092
	@bash $(KAFKA)/start.sh

kafka-down: ## stops it
	@bash $(KAFKA)/stop.sh
