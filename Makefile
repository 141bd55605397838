# capmix on a Debian machine with git, make and apt:
#   make demo   installs what is missing, builds, answers the article's question
#   make test   the same set-up and what a browser needs, then every test
#   make test-slurm   shards on a Slurm of one machine; root, slurm-wlm and munge
#   make report-ui   the page of the HTML report; the next build puts it into capmix
BUILD ?= build
JOBS  ?= $(shell nproc)
UI     = $(BUILD)/report-ui
FETCHED = cmp -s package-lock.json node_modules/of-this-lock

.PHONY: demo test test-slurm report-ui setup configure build bench clean

demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target capmix
	$(BUILD)/capmix compare analysis/studies/bytedance-2026.toml

# Where node's modules cannot be fetched the rest is tested all the same, and it says so.
test:
	@$(MAKE) --no-print-directory report-ui UNFETCHED="the page of the report was not built and is not tested: its modules could not be fetched"
	@$(MAKE) --no-print-directory build
	cd $(BUILD) && ctest --output-on-failure -j $(JOBS)
	cd $(UI) && if $(FETCHED); then CAPMIX=$(abspath $(BUILD))/capmix STUDIES=$(CURDIR)/analysis/studies npm test --silent; else echo "the page of the report was not tested"; fi

# Sources are copied, so that node's modules stay out of the checkout; they are fetched anew when the lock changes.
report-ui:
	@sh .ci/setup report
	@mkdir -p $(UI) && rm -rf $(UI)/src $(UI)/tests && cp -R analysis/report-ui/. $(UI)/
	@cd $(UI) && { $(FETCHED) || { npm ci --no-audit --no-fund --ignore-scripts && cp package-lock.json node_modules/of-this-lock; }; } || \
	  { [ -n "$(UNFETCHED)" ] && echo "$(UNFETCHED)" >&2; }
	@cd $(UI) && if $(FETCHED); then npm run --silent check && npm run --silent build; fi

setup:
	@sh .ci/setup

configure: setup
	@cmake -S . -B $(BUILD) -G Ninja -DCMAKE_BUILD_TYPE=Release --log-level=WARNING

build: configure
	@cmake --build $(BUILD) -j $(JOBS)

bench: build
	@cmake --build $(BUILD) --target capmix_bench capmix_plan_study capmix_bench_cell capmix_bench_hourly capmix_bench_schedule capmix_bench_fleet
	$(BUILD)/capmix_bench_cell
	$(BUILD)/capmix_bench_schedule $(wildcard $(CAPMIX_REFERENCE)/data/philly_jobs/philly_until_2017-10-31.csv.gz)
	$(BUILD)/capmix_bench $(BUILD)/capmix analysis/studies/bytedance-2026.toml 3 $$($(BUILD)/capmix_plan_study . $(BUILD)/plan-study)
	$(BUILD)/capmix_bench_hourly . $(BUILD)/hourly-study
	$(BUILD)/capmix_bench_fleet . $(BUILD)/fleet-study

# A cluster of one machine: as root, with slurm-wlm and munge installed.
test-slurm: build
	bash tests/slurm/test.sh $(BUILD)/capmix analysis/studies/bytedance-2026.toml --draws 24 --outcome drawn --outcome quota

clean:
	rm -rf $(BUILD)
