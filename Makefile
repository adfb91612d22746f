# `make run` serves Dashboard, `make test` tests it. Each needs Python 3.11 or later and nothing else.
PYTHON ?= python3
BIN := .venv/bin

.PHONY: run test test-slow test-all check sbom build release bench bench-parts bench-admin bench-growth bench-peers fault-test fuzz install format requirements typescript-client

run: .venv/runtime
	@echo "Preparing the database"
	@$(BIN)/python manage.py migrate --verbosity 0
	@echo "Starting the server"
	@exec $(BIN)/python manage.py serve

# Leaves out the tests in a browser, the exhaustive ones, those of generated clients and those that start infrastructure such
# as PgBouncer, and does not collect the folders that have none but those; OPTIONS go to pytest.
test: .venv/development
	$(BIN)/python -m pytest -n auto --dist worksteal -m "not browser and not exhaustive and not clients and not infrastructure" \
		--ignore tests/browser --ignore tests/clients --ignore tests/api/generative $(OPTIONS)

# Runs what `make test` leaves out.
test-slow: .venv/development
	$(BIN)/python -m pytest -n auto --dist worksteal -m "browser or exhaustive or clients or infrastructure" $(OPTIONS)

test-all: .venv/development
	$(BIN)/python -m pytest -n auto --dist worksteal $(OPTIONS)

# Workers and the servers that tests start would compile every module anew.
test test-slow test-all: export PYTHONDONTWRITEBYTECODE =

check: .venv/development
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy .
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run
	$(BIN)/python -m scripts.migrations
	$(BIN)/python manage.py api_reference --check
	$(BIN)/python -m scripts.python_client --check
	$(BIN)/python -m scripts.dependencies
	key() { $(BIN)/python -c 'import secrets; print(secrets.token_urlsafe(48))'; }; \
		SECRET_KEY=$$(key) DASHBOARD_SESSION_KEY=$$(key) DASHBOARD_ENCRYPTION_KEY=$$(key) \
		DASHBOARD_SERVER=https://dashboard.example.com ALLOWED_HOSTS=dashboard.example.com TRUSTED_PROXIES=192.0.2.1 \
		REQUIRE_SECOND_FACTOR=administrators \
		$(BIN)/python manage.py check --deploy --fail-level WARNING

# Writes the software bill of materials of what is pinned, in CycloneDX's format.
sbom: .venv/development
	@mkdir -p dist
	$(BIN)/cyclonedx-py requirements requirements.txt --pyproject pyproject.toml --output-reproducible --of JSON -o dist/sbom.cdx.json

# Builds a source distribution and a wheel in dist/, with the versions of setuptools and build that are pinned.
build: .venv/development
	@rm -rf dashboard.egg-info
	$(BIN)/python -m build --quiet --no-isolation

# Releases what is committed: make release VERSION=1.2.3, after that version was set in dashboard/__init__.py, and its
# section of CHANGELOG.md was given a heading with the date. Runs the checks, builds and tags. Pushes nothing.
release: .venv/development
	@$(BIN)/python -m scripts.release $(VERSION)
	$(MAKE) check
	$(MAKE) build
	git tag --annotate v$(VERSION) --message "Dashboard $(VERSION)"
	$(BIN)/python -m scripts.previous_release v$(VERSION)
	@echo "Tagged v$(VERSION), with its distributions in dist/. To publish it: git push origin v$(VERSION)"
	@echo "Commit scripts/previous_release.toml: the migrations of the next release are held to this one."

# Measures Dashboard beside references of its own; wants wrk, redis-server and PostgreSQL. See docs/performance.md.
bench: .venv/runtime
	$(BIN)/python -m benchmarks $(OPTIONS)

# Measures what each mechanism buys, in processor time of a request; wants redis-server and PostgreSQL.
bench-parts: .venv/runtime
	$(BIN)/python -m benchmarks.parts $(OPTIONS)

# Opens every page of the administrators' site with 1,000 and with 1,000,000 accounts; wants PostgreSQL, 15 GB and half an hour.
bench-admin: .venv/runtime
	$(BIN)/python -m benchmarks.admin $(OPTIONS)

# Times everything with 10,000 and with 1,000,000 sessions; wants PostgreSQL, redis-server, 5 GB and a quarter of an hour.
bench-growth: .venv/runtime
	$(BIN)/python -m benchmarks.growth $(OPTIONS)

# Measures other account services beside Dashboard; wants what `make bench` does, Node, PyPI and the npm registry.
bench-peers: .venv/runtime
	$(BIN)/python -m benchmarks.peers $(OPTIONS)

# Disturbs servers, PostgreSQL, Redis and proxies under load, for a quarter of an hour; wants what docs/reliability.md lists.
fault-test: .venv/runtime
	$(BIN)/python -m faults $(OPTIONS)

# Sends requests that coverage has guided, for ten minutes, and stops at the first that is answered with a fault.
fuzz: .venv/development
	$(BIN)/python -m pip install --quiet --disable-pip-version-check atheris==3.0.0
	$(BIN)/python -m fuzz -max_total_time=600 $(OPTIONS)

install: .venv/runtime

format: .venv/development
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

.venv/python:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Dashboard needs Python 3.11 or later; name one: make PYTHON=python3.12")'
	@echo "Creating a Python environment in .venv"
	@$(PYTHON) -m venv .venv
	@touch $@

.venv/runtime: .venv/python requirements.txt
	@echo "Installing $$(grep -c == requirements.txt) packages into .venv, which takes a minute or two"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	@touch $@

.venv/development: .venv/runtime requirements-dev.txt
	@echo "Installing $$(grep -c == requirements-dev.txt) packages that tests and checks need into .venv"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	@touch $@

# Pins every package that pyproject.toml asks for, and what they need; wants uv.
requirements:
	uv pip compile --quiet --universal --python-version 3.11 --no-header --upgrade pyproject.toml -o requirements.txt
	uv pip compile --quiet --universal --python-version 3.11 --no-header --upgrade --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

# Generates the types and methods of clients/typescript from the OpenAPI document; wants Node and npm.
typescript-client: .venv/runtime
	@mkdir -p build
	$(BIN)/python manage.py spectacular --format openapi-json --file build/openapi.json
	cd clients/typescript && npm ci --no-audit --no-fund && npm run generate -- ../../build/openapi.json
