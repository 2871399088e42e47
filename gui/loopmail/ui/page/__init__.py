"""The pages in the centre and the tree that leads to them."""
