# SPDX-License-Identifier: ISC
#
# tacet: how it is built. Everything made lies under $(BUILD), one folder per
# variant: rel (what is installed), test (gcc), san (ASan and UBSan), clang,
# fuzz, cover. A floor becomes one static archive and sees only the headers of
# the floors below it; the order of the archives lets no floor call upwards.
# Only the variants other than rel know TACET_TEST.
#
#	make deps; make; make check; make demo; make install
#	make BUILD=/elsewhere    build apart; libsodium stays in $(DEPS)
#	make SODIUM_PREFIX=DIR   take a ready libsodium >= 1.0.22
#	make V=1                 show the commands

VERSION = 0.1.0
BUILD = build
DEPS = $(CURDIR)/build/deps
PREFIX = /usr/local
DESTDIR =
GCC = gcc
CLANG = clang
AR = ar
JOBS = $(shell nproc)

SODIUM = $(or $(SODIUM_PREFIX),$(DEPS)/sodium)
VARIANTS = rel test san clang fuzz cover
export DEPS SODIUM_PREFIX

# --- floors: folder, and what a floor may look down on -------------------

# helper is no floor but the media program, built like one: its files see media
# and base, its tests are linked with them and with the foreign libraries
FLOORS = base wire crypto db media mls ident link client cmd face relay helper
$(foreach f,base wire crypto db media mls ident link,\
    $(eval DIR_$f = shared/$f))
$(foreach f,client cmd face,$(eval DIR_$f = tui/$f))
DIR_relay = relay
DIR_helper = tui/media

BELOW_base =
BELOW_wire = base
BELOW_crypto = base
BELOW_db = base
BELOW_media = base
BELOW_mls = crypto base
BELOW_ident = wire crypto base
BELOW_link = ident mls db wire crypto base
BELOW_client = link media $(BELOW_link)
BELOW_cmd = client $(BELOW_client)
BELOW_face = cmd $(BELOW_cmd)
BELOW_relay = link $(BELOW_link)
BELOW_helper = media base
BELOW_all = face cmd client relay link media $(BELOW_link)

MAIN_tacet = $(firstword $(wildcard tui/tacet.c tui/main.c))
MAIN_tacetd = $(firstword $(wildcard relay/tacetd.c relay/main.c))
MAIN_tacet-media = tui/media/media.c
PROGRAMS = $(foreach p,tacet tacetd,$(if $(MAIN_$p),$p))
HELPERS_OF = tacet-media
$(foreach f,$(FLOORS),$(eval SRC_$f = $(filter-out $(MAIN_tacetd) \
    $(MAIN_tacet-media),$(wildcard $(DIR_$f)/*.c))))

# --- tests: x_test.c stands on the floor where x.c lies, or names one -----

TESTS = $(basename $(notdir $(wildcard tests/*_test.c)))
# what is loaded before a program is built by the test that wants it
TOOLS = $(filter-out %_shim.c,$(wildcard tests/interop/*.c tests/tool/*.c))
BENCHES = $(wildcard tests/bench/*_bench.c)
BENCH_HELP = $(filter-out $(BENCHES),$(wildcard tests/bench/*.c)) \
	$(addprefix tests/,beside.c lips.c reel.c vacant.c xwd.c)
FUZZERS = $(basename $(notdir $(wildcard tests/fuzz/*_fuzz.c)))
# every other file of tests/ helps the tests that include a header of tests/
HELPERS = $(filter-out %_test.c tests/mls_vectors.c,$(wildcard tests/*.c))
# mls-vectors is a program of the release too, and stands on these alone
HELPERS_rel = $(filter tests/vec% tests/mls_vec% tests/mls_make%,$(HELPERS))
HELPED := $(if $(HELPERS),$(shell grep -lE '^\#include "($(subst $() ,|,$(strip \
	$(patsubst tests/%.h,%,$(filter-out tests/tap.h,$(wildcard \
	tests/*.h))))))\.h"' tests/*_test.c 2>/dev/null))

ALL_SRC = $(foreach f,$(FLOORS),$(SRC_$f))
by_name = $(foreach f,$(FLOORS),$(if $(filter $(DIR_$f)/$1.c,$(SRC_$f)),$f))
by_word = $(firstword $(filter all $(FLOORS),$(shell \
	sed -n '1,12s/.*[*/] *floor: *\([a-z]*\).*/\1/p' $1)))
# floor_of name,file
floor_of = $(or $(call by_word,$2),$(firstword $(call by_name,$1)),all)

# --- flags -----------------------------------------------------------------

WARN = -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wconversion -Wvla -Werror
STD = -std=c11 -D_GNU_SOURCE -DVERSION='"$(VERSION)"' \
	-DLIBEXEC='"$(PREFIX)/libexec/tacet"' $(WARN)
PC = PKG_CONFIG_PATH=$(SODIUM)/lib/pkgconfig pkg-config
PC_SODIUM = $(PC) --define-variable=prefix=$(SODIUM) --static
PC_MEDIA = libavformat libavcodec libswscale libswresample libavutil \
	libturbojpeg opus sdl2 portaudio-2.0 chafa
PC_ALL = libevent_core libevent_extra ncursesw sqlite3 libseccomp \
	libqrencode

# headers of foreign libraries are not ours to warn about
lib_cflags := $(subst -I,-isystem ,$(filter -I%, \
	$(shell $(PC_SODIUM) --cflags libsodium 2>/dev/null) \
	$(shell $(PC) --cflags $(PC_ALL) 2>/dev/null)))
# only the files of the media program see the headers of its libraries
media_cflags := $(subst -I,-isystem ,$(filter-out -I/usr/include,$(filter -I%, \
	$(shell $(PC) --cflags $(PC_MEDIA) 2>/dev/null))))
lib_media := $(shell $(PC) --libs $(PC_MEDIA) 2>/dev/null)
lib_sodium := $(SODIUM)/lib/libsodium.a
lib_base := $(shell $(PC) --libs libseccomp 2>/dev/null)
lib_db := $(shell $(PC) --libs sqlite3 2>/dev/null)
lib_event := $(shell $(PC) --libs libevent_core libevent_extra 2>/dev/null)
lib_curses := $(shell $(PC) --libs ncursesw 2>/dev/null)
lib_qr := $(shell $(PC) --libs libqrencode 2>/dev/null)
lib_json := $(shell $(PC) --libs jansson 2>/dev/null)
lib_vterm := $(shell $(PC) --libs vterm 2>/dev/null)

LIBS_tacetd = $(lib_sodium) $(lib_db) $(lib_event) $(lib_base)
LIBS_tacet = $(LIBS_tacetd) $(lib_curses) $(lib_qr)
LIBS_tacet-media = $(lib_media) $(lib_base) -lm
LIBS_tests = $(LIBS_tacet) $(lib_json) $(lib_vterm) -lm

CC_rel = $(GCC)
CC_test = $(GCC)
CC_san = $(GCC)
CC_clang = $(CLANG)
CC_fuzz = $(CLANG)
CC_cover = $(GCC)
SAN = -fsanitize=address,undefined -fno-sanitize-recover=all \
	-fno-omit-frame-pointer
CFLAGS_rel = -O2 -g -fPIE -fstack-protector-strong -D_FORTIFY_SOURCE=2 \
	-fstack-clash-protection
CFLAGS_test = -O1 -g -DTACET_TEST
CFLAGS_san = -O1 -g -DTACET_TEST $(SAN)
CFLAGS_clang = -O1 -g -DTACET_TEST
CFLAGS_fuzz = -O1 -g -DTACET_TEST $(SAN) -fsanitize=fuzzer-no-link
# its counts are written at the end, outside of any jail
CFLAGS_cover = -O0 -g -DTACET_TEST -DJAIL_NONE --coverage
LDFLAGS_rel = -pie -Wl,-z,relro,-z,now
LDFLAGS_san = $(SAN)
LDFLAGS_fuzz = $(SAN)
LDFLAGS_cover = --coverage
LDFLAGS = -Wl,--as-needed

# --- what to make ----------------------------------------------------------

Q = $(if $(V),,@)
S = $(if $(V),@:,@echo) #

all: build-rel $(PROGRAMS:%=$(BUILD)/%) $(HELPERS_OF:%=$(BUILD)/%)
ifneq ($(wildcard tests/mls_vectors.c),)
ifneq ($(lib_json),)
all: $(BUILD)/mls-vectors
endif
endif

deps:
	$(Q)contrib/deps.sh all

.DEFAULT_GOAL = all
.PHONY: all deps check test san fuzz fuzzers lint cover bench soak demo deb screens \
	install uninstall clean FORCE $(VARIANTS:%=build-%)
.SECONDARY:
.DELETE_ON_ERROR:

lib = $(BUILD)/$1/lib/$2.a
libs = $(foreach f,$2,$(call lib,$1,$f))
includes = $(foreach f,$1,-I$(DIR_$f))

# object variant,folder,include flags
define object
$(BUILD)/$1/obj/$2/%.o: $2/%.c $(BUILD)/$1/flags
	$$(S)"CC  $1 $$<"
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$1) $$(STD) $$(CFLAGS_$1) $3 $$(lib_cflags) \
	    $4 -MMD -MP -c -o $$@ $$<
endef

# archive variant,name,sources,folder: the folder tells of a file gone
define archive
$(call lib,$1,$2): $(3:%.c=$(BUILD)/$1/obj/%.o) $(wildcard $4)
	$$(S)"AR  $1 $2"
	@mkdir -p $$(@D)
	@rm -f $$@
	$$(Q)$$(AR) rcs $$@ $(3:%.c=$(BUILD)/$1/obj/%.o)
endef

# link variant,program,object,archives,libraries
define link
$2: $3 $4 $(lib_sodium)
	$$(S)"LD  $1 $$(notdir $$@)"
	@mkdir -p $$(@D)
	$$(Q)$$(CC_$1) $$(CFLAGS_$1) $$(LDFLAGS) $$(LDFLAGS_$1) -o $$@ \
	    $3 $4 $5
endef

# test variant,name
define test
$(call link,$1,$(BUILD)/$1/tests/$2,$(BUILD)/$1/obj/tests/$2.o,\
$(if $(filter tests/$2.c,$(HELPED)),$(call lib,$1,tests)) \
$(call libs,$1,$(filter-out all,$(FLOOR_$2)) $(BELOW_$(FLOOR_$2))),\
$(if $(filter helper,$(FLOOR_$2)),$$(lib_media)) $$(LIBS_tests))
endef

# whole variant,program,object: a program of the tests that may use it all
define whole
$(call link,$1,$2,$3,$(call lib,$1,tests) $(call libs,$1,$(BELOW_all)),\
$$(LIBS_tests) $4)
endef

TEST_DIRS = tests $(patsubst %/,%,$(wildcard tests/interop/ tests/tool/ \
	tests/bench/ tests/fuzz/))
TEST_INCLUDES = -Itests $(call includes,$(BELOW_all) helper)

$(foreach t,$(TESTS),$(eval FLOOR_$t := \
    $(call floor_of,$(t:%_test=%),tests/$t.c)))

define variant
$(foreach f,$(FLOORS),
$(call object,$1,$(DIR_$f),$$(call includes,$f $(BELOW_$f)),\
$(if $(filter helper,$f),$$(media_cflags)))
$(call archive,$1,$f,$(SRC_$f),$(DIR_$f)))
$(call object,$1,tui,$$(call includes,$(filter-out relay,$(BELOW_all))))
$(foreach d,$(TEST_DIRS),
$(call object,$1,$d,$(TEST_INCLUDES),\
$(if $(filter tests/bench,$d),$$(media_cflags))))
$(call archive,$1,tests,$(if $(filter rel,$1),$(HELPERS_rel),$(HELPERS)),tests)
$(foreach t,$(TESTS),
$(call test,$1,$t))
$(foreach t,$(TOOLS),
$(call whole,$1,$(BUILD)/$1/tool/$(basename $(notdir $t)),\
$(BUILD)/$1/obj/$(t:.c=.o)))
$(call whole,$1,$(BUILD)/$1/mls-vectors,$(BUILD)/$1/obj/tests/mls_vectors.o)
$(if $(MAIN_tacet),
$(call link,$1,$(BUILD)/$1/tacet,$(MAIN_tacet:%.c=$(BUILD)/$1/obj/%.o),\
$(call libs,$1,face $(BELOW_face)),$$(LIBS_tacet)))
$(if $(MAIN_tacetd),
$(call link,$1,$(BUILD)/$1/tacetd,$(MAIN_tacetd:%.c=$(BUILD)/$1/obj/%.o),\
$(call libs,$1,relay $(BELOW_relay)),$$(LIBS_tacetd)))
$(call link,$1,$(BUILD)/$1/tacet-media,\
$(MAIN_tacet-media:%.c=$(BUILD)/$1/obj/%.o),\
$(call libs,$1,helper $(BELOW_helper)),$$(LIBS_tacet-media))

.PHONY: build-$1
build-$1: $(FLOORS:%=$(BUILD)/$1/lib/%.a) $(PROGRAMS:%=$(BUILD)/$1/%) \
    $(HELPERS_OF:%=$(BUILD)/$1/%) \
    $(if $(filter rel,$1),,$(TESTS:%=$(BUILD)/$1/tests/%) \
    $(foreach t,$(TOOLS),$(BUILD)/$1/tool/$(basename $(notdir $t))) \
    $(if $(wildcard tests/mls_vectors.c),$(BUILD)/$1/mls-vectors))

$(BUILD)/$1/flags: FORCE
	@mkdir -p $$(@D)
	@echo "$$(CC_$1) $$(subst ",,$$(STD)) $$(CFLAGS_$1) $$(lib_cflags)" | \
	    { cat >$$@.new; cmp -s $$@.new $$@ && rm $$@.new || \
	    mv $$@.new $$@; }
endef

$(foreach v,$(VARIANTS),$(eval $(call variant,$v)))
# benches stand on the floors alone, and share what else lies beside them
$(foreach b,$(BENCHES),$(eval $(call link,rel,$(BUILD)/rel/bench/$(basename \
    $(notdir $b)),$(BUILD)/rel/obj/$(b:.c=.o) \
    $(BENCH_HELP:%.c=$(BUILD)/rel/obj/%.o),\
    $(call libs,rel,helper $(BELOW_all)),$$(lib_media) $$(LIBS_tests))))
# fuzzer name: like a test, on the floor that it names or its file lies on
define fuzzer
$(call link,fuzz,$(BUILD)/fuzz/$1,$(BUILD)/fuzz/obj/tests/fuzz/$1.o,\
$(call lib,fuzz,tests) \
$(call libs,fuzz,$(filter-out all,$(FLOOR_$1)) $(BELOW_$(FLOOR_$1))),\
$(if $(filter helper,$(FLOOR_$1)),$$(lib_media)) $$(LIBS_tests) \
-fsanitize=fuzzer)
endef
$(foreach t,$(FUZZERS),$(eval FLOOR_$t := \
    $(call floor_of,$(t:%_fuzz=%),tests/fuzz/$t.c)))
$(foreach t,$(FUZZERS),$(eval $(call fuzzer,$t)))

$(patsubst %,$(BUILD)/%,$(PROGRAMS) $(HELPERS_OF)): $(BUILD)/%: $(BUILD)/rel/%
	@ln -sf rel/$* $@

$(BUILD)/mls-vectors: $(BUILD)/rel/mls-vectors
	@ln -sf rel/mls-vectors $@

$(lib_sodium):
	@echo "libsodium is not in $(SODIUM): run make deps" >&2; exit 1

-include $(shell find $(BUILD)/*/obj -name '*.d' 2>/dev/null)

# --- proof -------------------------------------------------------------

check:
	@MAKE='$(MAKE)' ARGS='$(MAKEOVERRIDES)' BUILD='$(BUILD)' \
	    JOBS='$(JOBS)' tests/check

# make test T="noise safe" runs a selection
test: build-test
	@tests/run -v $(BUILD)/test $(T)

san: build-san
	@tests/run -v $(BUILD)/san -t 300 $(T)

# make fuzz T=noise SECONDS=600
FUZZ_SECONDS = $(or $(SECONDS),30)
fuzzers: $(FUZZERS:%=$(BUILD)/fuzz/%)
fuzz: $(or $(T:%=$(BUILD)/fuzz/%_fuzz),fuzzers)
	@TACET_BIN=$(abspath $(BUILD))/test FUZZ_SECONDS=$(FUZZ_SECONDS) \
	    tests/fuzz/fuzz.sh $(T)

TIDY = $(sort $(ALL_SRC) $(MAIN_tacet) $(MAIN_tacetd) $(MAIN_tacet-media))
lint:
	@printf '%s\n' $(TIDY) | xargs -P $(JOBS) -I '{}' sh -c \
	    'clang-tidy --quiet {} -- $$0 2>/dev/null || { echo "{}: red"; \
	    exit 1; }' '$(subst ",\",$(STD)) $(TEST_INCLUDES) $(lib_cflags) \
	    $(media_cflags)'
	@TACET_BIN=$(abspath $(BUILD))/test tests/man.sh

cover: build-cover
	@find $(BUILD)/cover -name '*.gcda' -delete
	-@tests/run -v $(BUILD)/cover -t 300 -c
	@mkdir -p $(BUILD)/cover/html
	@gcovr --root . --object-directory $(BUILD)/cover/obj --filter shared/ \
	    --filter tui/ --filter relay/ --print-summary \
	    --html-details $(BUILD)/cover/html/index.html --txt \
	    | tee $(BUILD)/cover/cover.txt
	@echo "the pages: $(BUILD)/cover/html/index.html"

# make bench T="fan mls" runs a selection
bench: all $(BENCHES:tests/bench/%.c=$(BUILD)/rel/bench/%)
	@TACET_BIN=$(abspath $(BUILD))/rel tests/bench/table $(T)

SOAKS = $(wildcard tests/soak/*.sh)
soak: all build-test
ifeq ($(SOAKS),)
	@echo "soak: there is none yet"
else
	@tests/run -v $(BUILD)/test -j 2 -t 14400 $(SOAKS)
endif

# what people see on terminals, as text, from the tests that play it
screens: build-test
	@tests/run -v $(BUILD)/test verify_tmux_test.sh newkey_tmux_test.sh \
	    fork_tmux_test.sh link_device_tmux_test.sh
	@echo "screens, at 80x24 and 120x40: $(BUILD)/test/log/screens"

demo:
	@contrib/deps.sh build
	@$(MAKE) --no-print-directory -j $(JOBS) all
	@TACET_BIN=$(abspath $(BUILD))/rel contrib/demo.sh

# the Debian packages, in $(BUILD)/deb: built, looked at, installed apart
deb:
	@contrib/deps.sh deb
	@BUILD='$(BUILD)' SODIUM_PREFIX='$(SODIUM)' JOBS='$(JOBS)' contrib/deb.sh
	@mkdir -p $(BUILD)/test
	@tests/run -v $(BUILD)/test deb_test.sh

# --- installing ------------------------------------------------------------

BIN = $(DESTDIR)$(PREFIX)/bin
LIBEXEC = $(DESTDIR)$(PREFIX)/libexec/tacet
MAN = $(DESTDIR)$(PREFIX)/share/man
PAGES = $(wildcard man/*.[1-9])
page = $(MAN)/man$(subst .,,$(suffix $1))/$(notdir $1)

install: all
	install -d $(BIN)
	install -m 755 $(PROGRAMS:%=$(BUILD)/rel/%) $(BIN)
	install -d $(LIBEXEC)
	install -m 755 $(HELPERS_OF:%=$(BUILD)/rel/%) $(LIBEXEC)
	$(foreach p,$(PAGES),install -D -m 644 $p $(call page,$p) &&) :

uninstall:
	rm -rf $(LIBEXEC)
	rm -f $(PROGRAMS:%=$(BIN)/%) $(foreach p,$(PAGES),$(call page,$p))

clean:
	rm -rf $(filter-out $(BUILD)/deps,$(wildcard $(BUILD)/*))
