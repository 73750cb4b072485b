// SPDX-License-Identifier: GPL-2.0-only
/*
 * An ACPI table with the simulated controller and two memories, named as the device tree names them (PRP0001): what a
 * board with ACPI would have. For the suite extram_acpi, to which scripts/kunit gives it.
 */
DefinitionBlock ("", "SSDT", 2, "EXTRAM", "SIM", 1)
{
	Scope (\_SB)
	{
		Device (XSPI)
		{
			Name (_HID, "PRP0001")
			Name (_UID, 0)
			Name (_DSD, Package ()
			{
				ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
				Package ()
				{
					Package () { "compatible", "extram,sim-spi" }
				}
			})

			Device (RAM0)
			{
				Name (_HID, "PRP0001")
				Name (_UID, 0)
				Name (_CRS, ResourceTemplate ()
				{
					SpiSerialBusV2 (0, PolarityLow, FourWireMode, 8, ControllerInitiated,
						20000000, ClockPolarityLow, ClockPhaseFirst, "\\_SB.XSPI", 0)
				})
				Name (_DSD, Package ()
				{
					ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
					Package ()
					{
						Package () { "compatible", "microchip,23lc1024" },
						Package () { "reg", 0 }
					}
				})
			}

			Device (RAM1)
			{
				Name (_HID, "PRP0001")
				Name (_UID, 1)
				Name (_CRS, ResourceTemplate ()
				{
					SpiSerialBusV2 (1, PolarityLow, FourWireMode, 8, ControllerInitiated,
						33000000, ClockPolarityLow, ClockPhaseFirst, "\\_SB.XSPI", 0)
				})
				Name (_DSD, Package ()
				{
					ToUUID ("daffd814-6eba-4d8c-8a91-bc9bbf4aa301"),
					Package ()
					{
						Package () { "compatible", "apmemory,aps6404l" },
						Package () { "reg", 1 }
					}
				})
			}
		}
	}
}
