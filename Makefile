# capmix on a Debian machine with git, make and apt:
#   make demo   installs what is missing, builds, answers the article's question
#   make test   the same set-up, then every test
#   make test-slurm   shards on a Slurm of one machine; root, slurm-wlm and munge
BUILD ?= build
JOBS  ?= $(shell nproc)

.PHONY: demo test test-slurm setup configure build bench clean

demo: configure
	@cmake --build $(BUILD) -j $(JOBS) --target capmix
	$(BUILD)/capmix compare analysis/studies/bytedance-2026.toml

test: build
	cd $(BUILD) && ctest --output-on-failure -j $(JOBS)

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
