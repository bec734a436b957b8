# What there is to do here. Each target installs what it needs first.

# Debian's names: to build, to run, to show the app where there is no display, to test.
BUILD_PACKAGES = libwebkit2gtk-4.1-dev libayatana-appindicator3-dev librsvg2-dev libxdo-dev pkg-config build-essential
RUN_PACKAGES = libayatana-appindicator3-1
DESKTOP_PACKAGES = xvfb dbus-daemon dbus-x11 gnome-keyring webkit2gtk-driver imagemagick fonts-dejavu-core
TEST_PACKAGES = libsecret-tools xclip procps faketime systemd python3-venv postgresql

# As run.sh looks at it.
NO_DISPLAY = $(if $(DISPLAY)$(WAYLAND_DISPLAY),,$(filter Linux,$(shell uname)))

export CARGO_TERM_COLOR ?= auto

.PHONY: setup setup-build setup-desktop package-tools python rxdb gallery gallery-page run test soak bench bench-server lint package package-try page

setup: ## Checks the tools, installs what building, running and the tests need
	@./src-tauri/setup.sh --tests $(BUILD_PACKAGES) $(RUN_PACKAGES) $(DESKTOP_PACKAGES) $(TEST_PACKAGES)

setup-build: # No more than building and running need
	@./src-tauri/setup.sh $(BUILD_PACKAGES) $(RUN_PACKAGES)

setup-desktop: # And a private desktop
	@./src-tauri/setup.sh $(BUILD_PACKAGES) $(RUN_PACKAGES) $(DESKTOP_PACKAGES)

python: setup ## Python's programs for the tests, in target/python
	@./src-tauri/python.sh

rxdb: setup ## An RxDB server for the tests, in target/rxdb
	@./src-tauri/rxdb.sh

page: setup-build ## Builds the web page
	@cd ui && if [ ! -d node_modules ] || [ package-lock.json -nt node_modules/.package-lock.json ]; then npm ci --no-audit --no-fund; fi
	cd ui && npm run --silent build

gallery-page: page # The page of every state, for tests and pictures; never shipped
	cd ui && npm run --silent build:gallery

gallery: setup gallery-page ## Pictures of every state, both themes, three widths: target/gallery/index.html
	cargo run --quiet --example gallery

run: $(if $(NO_DISPLAY),setup-desktop) page ## Starts a local server and the app; without a display, on a private one
	cargo build --workspace --bins --example demo
	@./src-tauri/run.sh

test: setup gallery-page python rxdb ## Everything, on a real desktop without a screen
	cd ui && npm run --silent check && npm run --silent size && npm run --silent test
	FLOWSTATE_BIN_DIR="$(CURDIR)/target/debug" FLOWSTATE_PYTHON="$(CURDIR)/target/python/bin/python" FLOWSTATE_RXDB="$(CURDIR)/target/rxdb" cargo nextest run --workspace --no-fail-fast

soak: setup page python rxdb ## The long tests: faults by the thousand
	FLOWSTATE_BIN_DIR="$(CURDIR)/target/debug" FLOWSTATE_PYTHON="$(CURDIR)/target/python/bin/python" FLOWSTATE_RXDB="$(CURDIR)/target/rxdb" cargo nextest run --workspace --run-ignored only --no-capture

bench: setup page ## The figures of src-tauri/BENCHMARKS.md
	cargo build --release --bins --workspace
	@./src-tauri/benches/run.sh

bench-server: setup ## The server's figures beside its peers', of the same file; Node's npm gets the peers
	cargo build --release -p auth-server --bin flowstate-auth-server --examples
	@./src-tauri/benches/server.sh

lint: page ## Formatting, clippy, types
	cargo fmt --all --check
	cargo clippy --workspace --all-targets -- -D warnings
	cd ui && npm run --silent check

package-tools: setup-build # The programs that make packages, in target/tools; what comes after needs no others
	@./src-tauri/package/tools.sh

package: package-tools page ## .deb and .rpm under target/release/bundle
	@./src-tauri/package.sh

package-try: ## Installs, upgrades and removes the packages on a clean Debian in a folder
	@command -v debootstrap >/dev/null || apt-get install -y -qq --no-install-recommends debootstrap
	@./src-tauri/package/try.sh
