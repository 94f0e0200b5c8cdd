"""流程迁移: running cases go over to another version of their process, by a declared step map."""
