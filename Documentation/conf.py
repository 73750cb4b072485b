# SPDX-License-Identifier: GPL-2.0-only
"""How Sphinx builds these pages: with the extensions of a kernel tree, so that they are right in such a tree too.

scripts/htmldocs sets the variables: KERNEL_TREE, the tree, and SOURCE_TREE, where the files that kernel-doc reads are.
"""
import os
import sys

kernel = os.environ["KERNEL_TREE"]
source = os.environ["SOURCE_TREE"]
sys.path.insert(0, os.path.join(kernel, "Documentation", "sphinx"))

project = "extram"
author = "The extram maintainers"
extensions = ["kerneldoc", "kfigure", "kernel_include", "rstFlatTable"]
kerneldoc_bin = os.path.join(kernel, "scripts", "kernel-doc")
kerneldoc_srctree = source
kerneldoc_verbosity = 1
# Pages in Markdown are for readers of the repository.
exclude_patterns = ["devicetree", "ABI", "emalloc"]
source_suffix = ".rst"
primary_domain = "c"
highlight_language = "none"
nitpicky = False

html_theme = "alabaster"
html_theme_options = {
    "description": "External serial RAM as a Linux character device",
    "fixed_sidebar": True,
    "page_width": "1100px",
    "sidebar_width": "230px",
}
html_sidebars = {"**": ["about.html", "navigation.html", "searchbox.html"]}
html_copy_source = False
html_show_sourcelink = False
# The same sources give the same pages.
html_last_updated_fmt = None
