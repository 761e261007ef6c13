/**
 * What runs where nobody chose: the one place that acts by being imported.
 *
 * Without a registered device tensors live on the reference device, which every machine has. A
 * faster one that also needs no installation is named here, by `setDefaultBackend`, and nowhere else.
 */
export {};
