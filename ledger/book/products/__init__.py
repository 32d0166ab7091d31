"""One file per form of product, named after its code; each exports `PRODUCT`."""
