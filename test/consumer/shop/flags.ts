// Printed by `pennon types` from the flag definitions: not to be edited, but to be printed again.
export interface Flags {
  app_gestures: 'off' | 'on'
  california_banner: {
    treatment: 'off' | 'on'
    config: {
      colour: string
      text: string
    } | null
  }
  checkout_v2: 'off' | 'on'
  express_pay: 'off' | 'on'
  first_order_discount: {
    treatment: 'free_delivery' | 'off' | 'ten_percent'
    config: {
      code: string
      percent?: number
    } | null
  }
  legacy_search: 'off' | 'on'
  loyalty_lounge: 'off' | 'on'
  product_card: {
    treatment: 'compact' | 'photo' | 'story'
    config: {
      caption?: string
      columns: number
      ratio?: string
      showRating: boolean
    } | null
  }
  staff_toolbar: 'off' | 'on'
  stock_badge: 'off' | 'on'
  team_accounts: 'off' | 'on'
  wishlist_beta: 'off' | 'on'
}
