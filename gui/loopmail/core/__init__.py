"""What loopmail knows about LoopBack apps, without Qt and without the network."""
