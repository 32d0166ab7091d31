"""Write studies: the carbon footprint of a product and season as a report in HTML and as a workbook."""
