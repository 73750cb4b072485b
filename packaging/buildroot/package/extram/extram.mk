# SPDX-License-Identifier: GPL-2.0-only

EXTRAM_VERSION = 0.1.0
EXTRAM_SITE = $(call qstrip,$(BR2_PACKAGE_EXTRAM_SITE))
EXTRAM_SITE_METHOD = local
EXTRAM_LICENSE = GPL-2.0-only, GPL-2.0-only or BSD-3-Clause (emalloc), GPL-2.0-only with Linux-syscall-note (header)
EXTRAM_LICENSE_FILES = LICENSES/preferred/GPL-2.0 LICENSES/preferred/BSD-3-Clause LICENSES/exceptions/Linux-syscall-note
EXTRAM_INSTALL_STAGING = YES

EXTRAM_MODULE_SUBDIRS = drivers/extram
EXTRAM_MODULE_MAKE_OPTS = CONFIG_EXTRAM=m CONFIG_EXTRAM_SIM=m

ifeq ($(BR2_PACKAGE_EXTRAM_TOOLS),y)
EXTRAM_DEPENDENCIES += json-c
ifeq ($(BR2_PACKAGE_ARGP_STANDALONE),y)
EXTRAM_DEPENDENCIES += argp-standalone
endif

EXTRAM_TOOLS_OPTS = O=$(@D)/build/tools CROSS_COMPILE=$(TARGET_CROSS) PREFIX=/usr PARTS="lib extramctl" \
	CFLAGS="$(TARGET_CFLAGS)" LDFLAGS="$(TARGET_LDFLAGS)"

define EXTRAM_BUILD_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D)/tools $(EXTRAM_TOOLS_OPTS) all
endef

define EXTRAM_INSTALL_STAGING_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D)/tools $(EXTRAM_TOOLS_OPTS) PARTS=lib DESTDIR=$(STAGING_DIR) install
endef

define EXTRAM_INSTALL_TARGET_CMDS
	$(TARGET_MAKE_ENV) $(MAKE) -C $(@D)/tools $(EXTRAM_TOOLS_OPTS) DESTDIR=$(TARGET_DIR) install
	$(MAKE) -C $(@D)/packaging PREFIX=/usr DESTDIR=$(TARGET_DIR) install
endef

define EXTRAM_USERS
	- - extram -1 * - - - -
endef
endif

$(eval $(kernel-module))
$(eval $(generic-package))
