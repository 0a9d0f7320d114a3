# RankBridge: `make help` lists the targets. Each does all the set-up that it needs.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup build test lint format bench bench-prompts \
	reproduce reproduce-table1 reproduce-table2 reproduce-table3 reproduce-figure3 reproduce-figure4 reproduce-pretrained reproduce-docids readings stress capacity report

# smoke: minutes, for a look and for CI; quick: up to about an hour and a half; full: the paper's steps, a night.
SCALE ?= quick
# Runs at once, and threads of each; the program's own defaults where empty.
JOBS ?=
THREADS ?=
# Seeds of each row, say 1,2,3; the experiment's own where empty.
SEEDS ?=
# Where results.db, tables and figures go, and where WordNet's database files are.
RESULTS ?= results
WORDNET ?= /usr/share/wordnet

SWIFT ?= swift
# Tests and program share one build: the same code is tested that makes the tables.
FLAGS := -c release -Xswiftc -enable-testing
RANKBRIDGE := .build/release/rankbridge
SWEEP = $(RANKBRIDGE) sweep --scale $(SCALE) --results '$(RESULTS)' --wordnet '$(WORDNET)' \
	$(if $(JOBS),--jobs $(JOBS)) $(if $(THREADS),--threads $(THREADS)) \
	$(if $(SEEDS),--set seed=$(SEEDS))
REPORT = $(RANKBRIDGE) report --scale $(SCALE) --results '$(RESULTS)'

help:  ## this list
	@echo "make TARGET [SCALE=smoke|quick|full] [JOBS=n] [THREADS=n] [SEEDS=1,2,...] [RESULTS=dir] [WORDNET=dir]"
	@sed -nE 's/^([a-z0-9-]+):.*## (.*)/  \1\t\2/p' Makefile | expand -t 22

setup:  ## install the Debian packages that are missing, or say which
	@.ci/setup

build: setup  ## build the program, .build/release/rankbridge
	$(SWIFT) build $(FLAGS)

test: setup  ## build without warnings and run all tests
	.ci/test "$(SWIFT)" $(FLAGS)

stress: build  ## kill sweeps 200 times, fill their disk, lock their database: nothing may be lost
	@.ci/setup sqlite3
	Tests/Stress/stress-sweeps

lint:  ## check the format of the sources
	$(SWIFT) format lint --strict --recursive Sources Tests Benchmarks Package.swift

format:  ## format the sources in place
	$(SWIFT) format --in-place --recursive Sources Tests Benchmarks Package.swift

# The Python that may have torch and safetensors.
PYTHON ?= python3

bench: build  ## time the kernels and training steps, PyTorch beside them where it is installed
	.build/release/rankbridge-bench --python '$(PYTHON)' $(if $(THREADS),--threads $(THREADS))

bench-prompts: build  ## time and memory of a step over long prompts, PyTorch beside it: RESULTS/benchmarks/{long-prompts,documents}.{csv,svg}
	.build/release/rankbridge-bench --long-prompts --documents --python '$(PYTHON)' --output '$(RESULTS)/benchmarks' \
		$(if $(THREADS),--threads $(THREADS))

# Reports show the committed scale, or the largest there is, unless SCALE is given.
REPORT_SCALE = $(if $(filter-out file,$(origin SCALE)),--scale $(SCALE))

# The results folder's own published runs, or else the committed ones.
.PHONY: published
published: build
	@set -- '$(RESULTS)'/published/*.jsonl; [ -e "$$1" ] || set -- results/published/*.jsonl; \
	[ ! -e "$$1" ] || $(RANKBRIDGE) runs import "$$@" --results '$(RESULTS)'

report: published  ## every report that has runs, published ones too, and all as a site: RESULTS/site; report-NAME writes one
	$(RANKBRIDGE) report all --results '$(RESULTS)' $(REPORT_SCALE)
	$(RANKBRIDGE) report site --results '$(RESULTS)'

report-%: published
	$(RANKBRIDGE) report $* --results '$(RESULTS)' $(REPORT_SCALE)

reproduce-table1: build  ## twelve losses on WordNet: results/tables/[SCALE/]table1.{csv,md}
	$(SWEEP) experiments/table1.yaml
	$(REPORT) table1

# The stand-in for product search: at quick scale 24 ranks, 40 apart, and titles of at most 12 words; at smoke scale every 20th title too.
GLOSSES_smoke := --ranks 24 --step 40 --title-words 12 --every 20
GLOSSES_quick := --ranks 24 --step 40 --title-words 12
SEARCH_DATA = $(RANKBRIDGE) data glosses --results '$(RESULTS)' --wordnet '$(WORDNET)' $(GLOSSES_$(SCALE))

# Embeddings and lists are made once for all kinds of docIDs.
OTHER_DOCIDS = for pair in learned:learned residual:residual-kmeans hierarchy:hierarchical-kmeans random:random; do \
	$(SEARCH_DATA) --name glosses-$${pair%:*} --docids $${pair\#*:}; done

# Its rows start from two bases that share nothing: two runs at once use two processors better than one run of two threads.
reproduce-table2: JOBS := $(or $(JOBS),2)
reproduce-table2: build  ## product search on WordNet's glosses: results/tables/table2.{csv,md}
	@.ci/setup python3-pip
	$(RANKBRIDGE) model fetch minilm
	$(SEARCH_DATA)
	$(SWEEP) experiments/table2.yaml
	$(REPORT) table2

# One run a core, as for Table 2.
reproduce-docids: JOBS := $(or $(JOBS),2)
reproduce-docids: build  ## kinds of docIDs on product search: results/tables/docids.{csv,md}
	@.ci/setup python3-pip
	$(RANKBRIDGE) model fetch minilm
	$(SEARCH_DATA)
	$(OTHER_DOCIDS)
	$(SWEEP) experiments/docids.yaml
	$(REPORT) docids

reproduce-figure3: build  ## documents a query: results/figures/figure3.{csv,md,svg}
	@.ci/setup python3-pip
	$(RANKBRIDGE) model fetch minilm
	$(SEARCH_DATA)
	$(SWEEP) experiments/figure3.yaml
	$(REPORT) figure3

reproduce-table3: build  ## combined losses: results/tables/table3.{csv,md}
	$(SWEEP) experiments/table3.yaml
	$(REPORT) table3

reproduce-figure4: build  ## dual and cross encoders: results/figures/figure4.{csv,md,svg}
	$(SWEEP) experiments/figure4.yaml
	$(REPORT) figure4

reproduce-pretrained: build  ## a pretrained language model: results/figures/pretrained.{csv,md,svg}
	@.ci/setup python3-pip
	$(RANKBRIDGE) model fetch smollm2
	$(SWEEP) experiments/pretrained.yaml
	$(REPORT) pretrained

capacity: build  ## what dual encoders and autoregressive rankers can express (section 3): results/figures/capacity.{csv,md,svg}
	$(RANKBRIDGE) capacity --results '$(RESULTS)' $(if $(THREADS),--threads $(THREADS))

readings: build  ## Figure 4 under other readings of the paper: results/tables/figure4-readings.{csv,md}
	$(SWEEP) experiments/figure4-readings.yaml
	$(REPORT) figure4-readings

reproduce: reproduce-table1 reproduce-table3 reproduce-figure4 readings capacity reproduce-table2 reproduce-docids reproduce-figure3  ## all of these but reproduce-pretrained, and results/tables/claims.md
	$(REPORT) all
