# SPDX-License-Identifier: GPL-2.0-only
SUMMARY = "External serial RAM: library, command and rule for device nodes"
LICENSE = "GPL-2.0-only"
LIC_FILES_CHKSUM = "file://LICENSES/preferred/GPL-2.0;md5=a362c03f8df4e23f8a155e1cb2c45b2a"

# Where you take the project from.
SRC_URI = "git://${EXTRAM_GIT};protocol=https;branch=main"
SRCREV = "${AUTOREV}"
PV = "0.1.0+git${SRCPV}"
S = "${WORKDIR}/git"

DEPENDS = "json-c python3-docutils-native"

inherit pkgconfig useradd

USERADD_PACKAGES = "${PN}"
GROUPADD_PARAM:${PN} = "--system extram"

EXTRA_OEMAKE = "CROSS_COMPILE=${TARGET_PREFIX} CC='${CC}' PREFIX=${prefix} LIBDIR=${libdir} PARTS='lib extramctl man' \
	O=${B}/build/tools"

do_compile() {
	oe_runmake -C ${S}/tools all
}

do_install() {
	oe_runmake -C ${S}/tools DESTDIR=${D} install
	oe_runmake -C ${S}/packaging DESTDIR=${D} UDEVDIR=${nonarch_base_libdir}/udev install
}

FILES:${PN} += "${nonarch_base_libdir}/udev"
FILES:${PN}-staticdev += "${libdir}/libextram.a"
