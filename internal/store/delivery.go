package store

// DeliverySession may resolve recipients and insert messages; it cannot read
// any. It is made by store/system.
type DeliverySession struct{ session *Session }
