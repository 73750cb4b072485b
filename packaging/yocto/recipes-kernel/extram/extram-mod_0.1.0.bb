# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "External serial RAM as a character device: kernel modules"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://LICENSES/preferred/GPL-2.0;md5=a362c03f8df4e23f8a155e1cb2c45b2a"

# Where you take the project from.
SRC_URI = "git://${EXTRAM_GIT};protocol=https;branch=main"
SRCREV = "${AUTOREV}"
PV = "0.1.0+git${SRCPV}"
S = "${WORKDIR}/git"

inherit module

# The driver's folder is built as the kernel builds any external module; the class adds compiler and O=.
EXTRA_OEMAKE = "-C ${STAGING_KERNEL_DIR} M=${S}/drivers/extram CONFIG_EXTRAM=m CONFIG_EXTRAM_SIM=m"
MAKE_TARGETS = "modules"
MODULES_INSTALL_TARGET = "modules_install"

# Found by udev when a device tree names a chip; the simulator is loaded by "extramctl sim load".
RPROVIDES:${PN} += "kernel-module-extram kernel-module-extram-sim"
