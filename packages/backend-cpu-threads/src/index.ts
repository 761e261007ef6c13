/** The fast CPU device. */
export {};
