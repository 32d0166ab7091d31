"""Break the ledger on purpose: processes killed, disks that fail, files cut short, bytes flipped."""
