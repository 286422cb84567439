INSERT INTO `log` VALUES (1,'a','p1'),(2,'a','p2'),(3,'b','p1');
